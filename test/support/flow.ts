import { Flow } from '../../src/ip/flow.ts'
import type { Address } from '../../src/wire/address.ts'

/** A flow to an address, whatever its ports. */
export const flowTo = (remote: Address): Flow => new Flow(0, 0, remote, 0)
