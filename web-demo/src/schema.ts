import { column, Schema, Table } from "skerry";

/** What a changed column held before travels with the change: the backend's policy merge-fields compares it with what it has. */
const trackPrevious = { onlyWhenChanged: true };

const lists = new Table({ name: column.text, owner_id: column.text, created_at: column.text }, { trackPrevious });

const todos = new Table(
  {
    list_id: column.text,
    description: column.text,
    completed: column.integer,
    created_at: column.text,
    created_by: column.text,
  },
  { trackPrevious, indexes: { list: ["list_id", "completed", "-created_at"] } },
);

const list_shares = new Table({ list_id: column.text, user_id: column.text });

export const schema = new Schema({ lists, todos, list_shares });
export type Db = (typeof schema)["types"];
export type List = Db["lists"];
export type Todo = Db["todos"];
