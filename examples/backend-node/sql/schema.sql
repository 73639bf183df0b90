-- The app's tables. Clients make the ids, so that rows exist offline; every rule that must hold whoever writes is a constraint here.
CREATE TABLE lists (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  owner_id text NOT NULL CHECK (owner_id <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  version bigint NOT NULL DEFAULT 1
);
CREATE INDEX lists_by_owner ON lists (owner_id);

CREATE TABLE todos (
  id uuid PRIMARY KEY,
  list_id uuid NOT NULL REFERENCES lists ON DELETE CASCADE,
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
  completed boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text,
  version bigint NOT NULL DEFAULT 1
);
CREATE INDEX todos_by_list ON todos (list_id);

CREATE TABLE list_shares (
  id uuid PRIMARY KEY,
  list_id uuid NOT NULL REFERENCES lists ON DELETE CASCADE,
  user_id text NOT NULL CHECK (user_id <> ''),
  UNIQUE (list_id, user_id)
);
CREATE INDEX list_shares_by_user ON list_shares (user_id, list_id);

-- A row's version counts its changes, whoever makes them. Used by the policy reject-by-version.
CREATE FUNCTION count_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER lists_version BEFORE UPDATE ON lists FOR EACH ROW EXECUTE FUNCTION count_version();
CREATE TRIGGER todos_version BEFORE UPDATE ON todos FOR EACH ROW EXECUTE FUNCTION count_version();

-- How far each client's queue has been applied, and what was refused of its last batch: a batch that comes again because
-- its answer was lost is answered from here. Not part of the publication.
CREATE TABLE uploads (
  user_id text NOT NULL,
  client_id text NOT NULL,
  last_op_id bigint NOT NULL DEFAULT 0,
  rejected jsonb NOT NULL DEFAULT '[]',
  uploaded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, client_id)
);
