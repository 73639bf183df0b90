// Last write wins, by column: a change sets the columns that it changed and no others, in the order of arrival.
//
// Two people who edit different columns of one row both keep their edit; of two edits of one column the later one to arrive stays.
export const lastWriteWins = {
  update: ({ data }) => ({ set: data }),
  remove: () => null,
};
