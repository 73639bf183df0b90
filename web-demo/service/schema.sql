-- The demo's source database, made once on an empty file by `skerryd dev`. Ids are made by the clients, so they are text.
CREATE TABLE lists(
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE TABLE todos(
  id TEXT PRIMARY KEY NOT NULL,
  list_id TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  completed INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  created_by TEXT
);
CREATE INDEX todos_by_list ON todos(list_id);
CREATE TABLE list_shares(
  id TEXT PRIMARY KEY NOT NULL,
  list_id TEXT NOT NULL,
  user_id TEXT NOT NULL
);
CREATE INDEX list_shares_by_user ON list_shares(user_id, list_id);

-- What belongs to a list leaves with it, whoever deletes it.
CREATE TRIGGER lists_deleted AFTER DELETE ON lists BEGIN
  DELETE FROM todos WHERE list_id = old.id;
  DELETE FROM list_shares WHERE list_id = old.id;
END;

INSERT INTO lists(id, name, owner_id, created_at) VALUES
  ('a1f4c0de-0001-4000-8000-000000000001', 'Groceries', 'alice', '2026-01-05T08:00:00.000Z'),
  ('a1f4c0de-0001-4000-8000-000000000002', 'Weekend', 'alice', '2026-01-06T08:00:00.000Z'),
  ('a1f4c0de-0001-4000-8000-000000000003', 'Team', 'alice', '2026-01-07T08:00:00.000Z'),
  ('b0b4c0de-0001-4000-8000-000000000001', 'Garage', 'bob', '2026-01-05T09:00:00.000Z'),
  ('b0b4c0de-0001-4000-8000-000000000002', 'Books', 'bob', '2026-01-06T09:00:00.000Z');
INSERT INTO list_shares(id, list_id, user_id) VALUES
  ('5ba4e000-0001-4000-8000-000000000001', 'a1f4c0de-0001-4000-8000-000000000003', 'bob');
INSERT INTO todos(id, list_id, description, completed, created_at, created_by) VALUES
  ('70d00000-0001-4000-8000-000000000001', 'a1f4c0de-0001-4000-8000-000000000001', 'Milk', 0, '2026-01-05T08:01:00.000Z', 'alice'),
  ('70d00000-0001-4000-8000-000000000002', 'a1f4c0de-0001-4000-8000-000000000001', 'Bread', 1, '2026-01-05T08:02:00.000Z', 'alice'),
  ('70d00000-0001-4000-8000-000000000003', 'a1f4c0de-0001-4000-8000-000000000001', 'Coffee beans', 0, '2026-01-05T08:03:00.000Z', 'alice'),
  ('70d00000-0001-4000-8000-000000000004', 'a1f4c0de-0001-4000-8000-000000000002', 'Call grandma', 0, '2026-01-06T08:01:00.000Z', 'alice'),
  ('70d00000-0001-4000-8000-000000000005', 'a1f4c0de-0001-4000-8000-000000000002', 'Fix the bike', 0, '2026-01-06T08:02:00.000Z', 'alice'),
  ('70d00000-0001-4000-8000-000000000006', 'a1f4c0de-0001-4000-8000-000000000003', 'Book the room', 1, '2026-01-07T08:01:00.000Z', 'alice'),
  ('70d00000-0001-4000-8000-000000000007', 'a1f4c0de-0001-4000-8000-000000000003', 'Write the agenda', 0, '2026-01-07T08:02:00.000Z', 'bob'),
  ('70d00000-0001-4000-8000-000000000008', 'b0b4c0de-0001-4000-8000-000000000001', 'Sort the screws', 0, '2026-01-05T09:01:00.000Z', 'bob'),
  ('70d00000-0001-4000-8000-000000000009', 'b0b4c0de-0001-4000-8000-000000000001', 'Sell the old tyres', 0, '2026-01-05T09:02:00.000Z', 'bob'),
  ('70d00000-0001-4000-8000-000000000010', 'b0b4c0de-0001-4000-8000-000000000002', 'Return to the library', 1, '2026-01-06T09:01:00.000Z', 'bob');
