import { column, Schema, Table } from "skerry";

const lists = new Table({ name: column.text, owner_id: column.text, created_at: column.text });

const todos = new Table(
  {
    list_id: column.text,
    description: column.text,
    completed: column.integer,
    created_at: column.text,
    created_by: column.text,
  },
  { indexes: { list: ["list_id", "completed", "-created_at"] } },
);

const list_shares = new Table({ list_id: column.text, user_id: column.text });

export const schema = new Schema({ lists, todos, list_shares });
export type Db = (typeof schema)["types"];
export type List = Db["lists"];
export type Todo = Db["todos"];
