/** Clients of databases that open their own sockets, with real servers; each leaves its server as it has found it. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pattern } from './worlds.ts'

const LARGE = pattern(300_000)
/** The stack's address, by which a server knows its client. */
const OURS = /\b192\.0\.2\.2\b/

/** Commands one by one, pipelined and in a transaction, large values, a subscription, an error. */
export const withRedis = async (host: string): Promise<void> => {
  const { createClient } = await import('redis')
  const client = createClient({ url: `redis://${host}` })
  await client.connect()
  const value = LARGE.toString('base64')
  assert.equal(await client.set('large', value), 'OK')
  const numbers = await Promise.all(Array.from({ length: 200 }, () => client.incr('count')))
  assert.equal(numbers.at(-1), 200)
  assert.equal(await client.get('large'), value)
  assert.deepEqual(await client.multi().set('a', '1').get('a').exec(), ['OK', '1'])
  await assert.rejects(client.sendCommand(['NONSENSE']), /unknown command/)
  assert.match(String(await client.sendCommand(['CLIENT', 'LIST'])), OURS)
  const other = client.duplicate()
  await other.connect()
  const told = new Promise(
    resolve => void other.subscribe('news', resolve).then(() => client.publish('news', 'hello')),
  )
  assert.equal(await told, 'hello')
  await client.del('count')
  await other.close()
  await client.close()
}

/** Prepared statements, a transaction, large values both ways, a stream of rows, compression, a pool, an end by the server. */
export const withMysql = async (host: string): Promise<void> => {
  const { default: mysql } = await import('mysql2')
  const { createConnection, createPool } = await import('mysql2/promise')
  const options = { host, user: 'test', database: 'test', compress: false }
  const client = await createConnection(options)
  await client.query('CREATE TABLE t (n INT PRIMARY KEY, bytes LONGBLOB)')
  await client.execute('INSERT INTO t VALUES (?, ?)', [0, LARGE])
  const [[row]] = (await client.execute('SELECT bytes FROM t WHERE n = ?', [0])) as unknown as [
    [{ bytes: Buffer }],
  ]
  assert.ok(row.bytes.equals(LARGE))
  await client.beginTransaction()
  await client.query('DELETE FROM t')
  await client.rollback()
  await assert.rejects(client.query('nonsense'), { code: 'ER_PARSE_ERROR' })
  const [who] = await client.query('SELECT USER() AS user')
  assert.match(JSON.stringify(who), OURS)

  const pool = createPool({ ...options, connectionLimit: 4, compress: true })
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      pool.execute('INSERT INTO t VALUES (?, ?)', [n + 1, LARGE.subarray(n, n + 1000)]),
    ),
  )
  const [[sum]] = (await pool.query('SELECT SUM(n) AS n, SUM(LENGTH(bytes)) AS bytes FROM t')) as unknown as [
    [{ n: string; bytes: string }],
  ]
  assert.deepEqual([Number(sum.n), Number(sum.bytes)], [820, 340_000])
  await pool.end()

  // Rows as they come, read slowly: the socket is paused and resumed.
  const streaming = mysql.createConnection(options)
  let rows = 0
  const text = 'SELECT seq, REPEAT("x", 1000) AS text FROM seq_1_to_2000'
  for await (const { seq } of streaming.query(text).stream({ highWaterMark: 5 })) assert.equal(seq, ++rows)
  assert.equal(rows, 2000)
  await new Promise(resolve => streaming.end(resolve))

  const victim = await createConnection(options)
  victim.on('error', () => {})
  await assert.rejects(victim.query('KILL CONNECTION_ID()'), /killed|interrupted|lost/)
  await client.query('DROP TABLE t')
  await client.end()
}

/** Pipelined queries, a transaction, a cursor, COPY, a notification, an error. */
export const withPostgres = async (host: string): Promise<void> => {
  const { default: postgres } = await import('postgres')
  const sql = postgres({ host, user: 'postgres', database: 'postgres', max: 4, onnotice: () => {} })
  await sql`CREATE TABLE t (n INT PRIMARY KEY, bytes BYTEA)`
  await sql`INSERT INTO t VALUES (0, ${LARGE})`
  const [row] = await sql`SELECT bytes FROM t WHERE n = 0`
  assert.ok(row!.bytes.equals(LARGE))
  await Promise.all(
    Array.from(
      { length: 60 },
      (_, n) => sql`INSERT INTO t VALUES (${n + 1}, ${LARGE.subarray(n, n + 1000)})`,
    ),
  )
  const [sum] = await sql`SELECT SUM(n)::int AS n, SUM(LENGTH(bytes))::int AS bytes FROM t`
  assert.deepEqual({ ...sum }, { n: 1830, bytes: 360_000 })
  await assert.rejects(
    sql.begin(async inside => {
      await inside`DELETE FROM t`
      throw new Error('undone')
    }),
    /undone/,
  )
  let rows = 0
  for await (const [{ n }] of sql`SELECT n FROM t ORDER BY n`.cursor(1) as AsyncIterable<[{ n: number }]>)
    assert.equal(n, rows++)
  assert.equal(rows, 61)

  const lines = Array.from({ length: 5000 }, (_, n) => `${n + 100}\t\\\\x${'ab'.repeat(50)}\n`)
  await pipeline(Readable.from(lines), await sql`COPY t FROM STDIN`.writable())
  const [copied] = await sql`SELECT COUNT(*)::int AS n, MIN(LENGTH(bytes)) AS least FROM t WHERE n >= 100`
  assert.deepEqual({ ...copied }, { n: 5000, least: 50 })

  const told = new Promise<string>(
    resolve => void sql.listen('news', resolve).then(() => sql.notify('news', 'hello')),
  )
  assert.equal(await told, 'hello')
  await assert.rejects(sql`nonsense`, { code: '42601' })
  const [who] = await sql`SELECT host(inet_client_addr()) AS address`
  assert.match(who!.address, OURS)
  await sql`DROP TABLE t`
  await sql.end()
}
