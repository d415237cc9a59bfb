/** The user timeout that is in force, and the field that tells of it: RFC 5482, call by call. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { encodeUserTimeout, peerDecides, untilTimeout, userTimeout } from '../../src/tcp/send/user-timeout.ts'

/** A connection that heeds its peer, which has said a minute. */
const connection = (options: object = {}, over: object = {}): Connection =>
  ({
    synchronized: true,
    troubles: { remoteUserTimeout: 60_000 },
    rto: { value: 1000 },
    progressAt: 500,
    env: { now: 1500 },
    options: {
      ...{ userTimeout: 30_000, advertisedUserTimeout: 0, minUserTimeout: 100, maxUserTimeout: 300_000 },
      ...{ userTimeoutOption: true, userTimeoutChangeable: true },
      ...options,
    },
    ...over,
  }) as unknown as Connection

test('[R5482-4] min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)), L_LIMIT above the RTO', t => {
  t.is(userTimeout(connection()), 60_000)
  t.is(userTimeout(connection({ userTimeout: 90_000 })), 90_000)
  t.is(userTimeout(connection({ advertisedUserTimeout: 80_000 })), 80_000)
  t.is(userTimeout(connection({ minUserTimeout: 100_000 })), 100_000)
  t.is(userTimeout(connection({ maxUserTimeout: 50_000 })), 50_000)
  t.is(userTimeout(connection({}, { rto: { value: 70_000 } })), 70_001)
  t.is(userTimeout(connection({ userTimeout: 0 })), 300_000, 'for ever is as long as may be')
})

test('the peer decides in the synchronized states, where the option is on and the application has not said how long', t => {
  t.true(peerDecides(connection()))
  t.false(peerDecides(connection({}, { troubles: { remoteUserTimeout: 0 } })))
  t.false(peerDecides(connection({ userTimeoutOption: false })))
  t.false(peerDecides(connection({ userTimeoutChangeable: false })))
  t.false(peerDecides(connection({}, { synchronized: false })))
  t.is(userTimeout(connection({ userTimeoutOption: false })), 30_000)
})

test('a timer ends with the user timeout where that is first', t => {
  const own = { userTimeoutOption: false }
  t.is(untilTimeout(connection(own), 28_999), 28_999)
  t.is(untilTimeout(connection(own), 100_000), 29_000)
  t.is(untilTimeout(connection({ ...own, userTimeout: 0 }), 100_000), 100_000)
  t.is(untilTimeout(connection({ ...own, userTimeout: 10 }), 100_000), 0)
})

test('[R5482-7] whole seconds, or beyond nine hours minutes, rounded up, and never zero', t => {
  t.deepEqual([0, 1, 1000, 1001, 32_767_000].map(encodeUserTimeout), [1, 1, 1, 2, 32_767])
  t.is(encodeUserTimeout(32_767_001), 0x8000 | 547)
  t.is(encodeUserTimeout(32_767 * 60_000), 0xffff)
  t.is(encodeUserTimeout(32_768 * 60_000), 0xffff)
})
