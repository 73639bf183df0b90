/** A request that is answered with an error; everything else that is thrown is a fault of ours. The cause is for the log alone. */
export class Refusal extends Error {
  constructor(status, code, message, cause) {
    super(message, { cause });
    this.status = status;
    this.code = code;
  }
}
