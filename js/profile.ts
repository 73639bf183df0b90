// The few behaviours in which `skerry` and `skerry/powersync` differ (client-api.md, "One public face").

export interface Profile {
  readonly name: "native" | "powersync";
  // False: a live query delivers its first change at once and stays silent when the result is equal. True: every change of a
  // table waits for the throttle and is then delivered, equal or not.
  readonly trailingWatch: boolean;
  // Change events name tables as the database of @powersync/web does: `ps_data__lists`.
  readonly internalTableNames: boolean;
  readonly retryDelayMs: number;
}

export const nativeProfile: Profile = {
  name: "native",
  trailingWatch: false,
  internalTableNames: false,
  retryDelayMs: 1000,
};

export const powersyncProfile: Profile = {
  name: "powersync",
  trailingWatch: true,
  internalTableNames: true,
  retryDelayMs: 5000,
};
