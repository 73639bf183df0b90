// How a change meets a row that somebody else may have changed since the client saw it. One of these is chosen at the start (CONFLICTS).
//
// A policy has two functions of the entry, the stored row (locked until the batch is committed) and its table:
//   update → { set: {column: value} } or { reject: "reason" }, and `kept`, the columns where the stored value stayed
//   remove → null to delete the row, or { reject: "reason" }
import { lastWriteWins } from "./last-write-wins.js";
import { mergeFields } from "./merge-fields.js";
import { rejectByVersion } from "./reject-by-version.js";

export const policies = {
  "last-write-wins": lastWriteWins,
  "reject-by-version": rejectByVersion,
  "merge-fields": mergeFields,
};
