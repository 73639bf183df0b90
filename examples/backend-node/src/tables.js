// What clients may write: tables, columns, and for each table the rule that decides whose rows they are.
//
// `writable` is SQL over `row` and the user `$1`. It has to hold for the row before a change and after it, so that nobody edits
// what is not theirs, moves a row of theirs to somebody else, or takes one over. A table or column that is not here does not
// exist for clients. This is the file to change for your app.

import { author, boolean, serverMade, text, timestamp, uuid } from "./columns.js";
import { keepTheirs } from "./conflicts/merge-fields.js";

const list = {
  name: "lists",
  columns: {
    // Both renamed it: the first name stays. Columns without `bothChanged` take the later value.
    name: { ...text({ max: 200 }), bothChanged: keepTheirs },
    owner_id: text({ max: 100 }),
    created_at: timestamp(),
    version: serverMade(),
  },
  writable: "row.owner_id = $1",
};

const todo = {
  name: "todos",
  columns: {
    list_id: uuid(),
    description: { ...text({ max: 10_000 }), bothChanged: keepTheirs },
    completed: boolean(),
    created_at: timestamp(),
    created_by: author(),
    version: serverMade(),
  },
  writable: `EXISTS (SELECT 1 FROM lists WHERE lists.id = row.list_id AND lists.owner_id = $1)
    OR EXISTS (SELECT 1 FROM list_shares WHERE list_shares.list_id = row.list_id AND list_shares.user_id = $1)`,
};

const listShare = {
  name: "list_shares",
  columns: { list_id: uuid(), user_id: text({ max: 100 }) },
  writable: "EXISTS (SELECT 1 FROM lists WHERE lists.id = row.list_id AND lists.owner_id = $1)",
};

export const tables = new Map([list, todo, listShare].map((table) => [table.name, table]));
