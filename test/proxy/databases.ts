/** Databases of the distribution, and a client of each, for tests that do the same with all. */
import type { ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Stream } from '../../src/proxy/lane.ts'
import { missingTools } from '../support/needs.ts'
import { POSTGRES } from '../support/real-servers.ts'
import { type Owner, postgresServer, redisServer } from './servers.ts'
import { LOOPBACK } from './support.ts'

/** One connection. */
export interface Client {
  /** Sends the server a text, and returns what it sends back. */
  echo(text: string): Promise<string>
  /** Ends in order: the client first ('upstream'), or the server because it is asked to. */
  end(first: Stream): void
  readonly closed: Promise<void>
}

export interface Database {
  readonly name: string
  /** The reason why it cannot be run here, or null. */
  readonly missing: string | null
  /** @returns its port */
  start(owner: Owner): Promise<number>
  connect(t: ExecutionContext, port: number): Promise<Client>
}

const redis: Database = {
  name: 'redis',
  missing: missingTools('redis-server'),
  start: redisServer,
  async connect(t, port) {
    const client = new Redis({
      host: LOOPBACK,
      port,
      lazyConnect: true,
      retryStrategy: null as never,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
    })
    client.on('error', () => {})
    const closed = new Promise<void>(resolve => client.once('close', resolve))
    t.teardown(() => client.disconnect())
    await client.connect()
    return {
      echo: text => client.echo(text),
      end: first => (first === 'upstream' ? client.disconnect() : void client.quit().catch(() => {})),
      closed,
    }
  },
}

const postgres: Database = {
  name: 'postgres',
  missing: missingTools(...POSTGRES),
  start: postgresServer,
  async connect(t, port) {
    const client = new pg.Client({ host: LOOPBACK, port, user: 'postgres', database: 'postgres' })
    client.on('error', () => {})
    const closed = new Promise<void>(resolve => client.once('end', resolve))
    t.teardown(() => void client.end().catch(() => {}))
    await client.connect()
    return {
      echo: async text => (await client.query('select $1::text as text', [text])).rows[0].text,
      // It says so to the server, which ends then.
      end: () => void client.end().catch(() => {}),
      closed,
    }
  },
}

export const DATABASES: readonly Database[] = [redis, postgres]
