/** A request that is answered with an error; everything else that is thrown is a fault of ours. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
