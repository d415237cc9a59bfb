/** Something that Toxiproxy refuses, with the HTTP status that it refuses it with. */
export class ProxyError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** @returns the error of a body that cannot be understood */
export const badRequest = (what: string): ProxyError => new ProxyError(`bad request body: ${what}`, 400)
