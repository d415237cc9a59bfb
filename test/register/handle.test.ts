import test from 'ava'
import { createStack } from '../../src/net/create-stack.ts'
import { ipv4Of } from '../../src/register/ipv4-of.ts'
import { Routes } from '../../src/register/routes.ts'
import { StackHandle } from '../../src/register/stack-handle.ts'

test('who reads is whoever was named: an agent puts a guard there and looks for it', t => {
  const handle = new StackHandle(createStack())
  const guard = () => undefined
  handle.onread = guard
  t.is(handle.onread, guard)
})

test('what stands for an IPv6 address', t => {
  t.is(ipv4Of('::1'), '127.0.0.1')
  t.is(ipv4Of('::'), '0.0.0.0')
  t.is(ipv4Of('::ffff:192.0.2.7'), '192.0.2.7')
  t.is(ipv4Of('::ffff:7f00:1'), '127.0.0.1')
  t.is(ipv4Of('2001:db8::1'), null)
})

test('which addresses are the stack’s', t => {
  const routes = new Routes(['127.0.0.0/8', '198.18.0.0/15'], 'stack')
  for (const ours of ['127.0.0.1', '::1', '0.0.0.0', '198.19.255.255', '::ffff:127.0.0.9'])
    t.true(routes.connects(ours), ours)
  for (const theirs of ['192.0.2.1', '198.20.0.0', '2001:db8::1']) t.false(routes.connects(theirs), theirs)
  for (const ours of [null, '::', '127.0.0.1']) t.true(routes.listens(ours), String(ours))
  const kernel = new Routes(['127.0.0.0/8'], 'kernel')
  for (const theirs of [null, '::', '0.0.0.0', '192.0.2.1']) t.false(kernel.listens(theirs), String(theirs))
  t.true(kernel.listens('127.0.0.1'))
})
