-- Who connects: the backend writes rows, the sync service reads them and follows the changes. Give both a password:
--   ALTER ROLE skerry_app PASSWORD '...';  ALTER ROLE skerry_sync PASSWORD '...';
CREATE ROLE skerry_app LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON lists, todos, list_shares, uploads TO skerry_app;

CREATE ROLE skerry_sync LOGIN REPLICATION BYPASSRLS;
GRANT SELECT ON lists, todos, list_shares TO skerry_sync;

-- What the sync service may see at all; the name is fixed.
CREATE PUBLICATION powersync FOR TABLE lists, todos, list_shares;
