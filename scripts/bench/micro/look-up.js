/** From the four numbers of a segment to its connection. */
import { ConnectionTable } from '../../../dist/src/host/connection-table.js'
import { Flow } from '../../../dist/src/ip/flow.js'
import { parseAddress } from '../../../dist/src/wire/address.js'

const LOCAL = parseAddress('198.18.0.1')
const REMOTE = parseAddress('198.19.0.1')
const PORTS = 50_000

const entry = n => new Flow(LOCAL, 80, (REMOTE + Math.floor(n / PORTS)) | 0, 1024 + (n % PORTS))

const table = count => {
  const entries = Array.from({ length: count }, (_, n) => entry(n))
  const connections = new ConnectionTable(0x1234567)
  for (const e of entries) connections.add(e)
  return { entries, connections }
}

/** In no order that a cache could foresee. */
const find = count => () => {
  const { entries, connections } = table(count)
  let n = 0
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      n = (n + 7919) % count
      const e = entries[n]
      if (connections.get(LOCAL, 80, e.remoteAddress, e.remotePort) !== e) throw new Error('not found')
    }
    return rounds
  }
}

const miss = count => () => {
  const { connections } = table(count)
  return rounds => {
    for (let i = 0; i < rounds; i++)
      if (connections.get(LOCAL, 81, REMOTE, i & 0xffff) !== null) throw new Error('found')
    return rounds
  }
}

const addDelete = count => () => {
  const { connections } = table(count)
  const e = entry(count)
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      connections.add(e)
      connections.delete(e)
    }
    return rounds
  }
}

export const lookUp = {
  'look-up among 10 connections': find(10),
  'look-up among 1000 connections': find(1000),
  'look-up among 100000 connections': find(100_000),
  'look-up of nobody among 100000': miss(100_000),
  'connection added and removed among 100000': addDelete(100_000),
}
