import test from 'ava'
import { createStack } from '../../src/net/create-stack.ts'
import { Routes } from '../../src/register/routes.ts'
import { StackHandle } from '../../src/register/stack-handle.ts'

test('who reads is whoever was named: an agent puts a guard there and looks for it', t => {
  const handle = new StackHandle(createStack())
  const guard = () => undefined
  handle.onread = guard
  t.is(handle.onread, guard)
})

test('which addresses are the stack’s', t => {
  const routes = new Routes(['127.0.0.0/8', '::1', '198.18.0.0/15', '2001:db8:0:7::2/64'], 'stack')
  const connects = ['127.0.0.1', '::1', '0.0.0.0', '::', '198.19.255.255', '2001:db8:0:7:8::9']
  for (const ours of [...connects, '::ffff:127.0.0.9', '::ffff:7f00:9']) t.true(routes.connects(ours), ours)
  for (const theirs of [
    '192.0.2.1',
    '198.20.0.0',
    '2001:db8::1',
    '::2',
    '::ffff:192.0.2.1',
    'fe80::1%lo',
    'x',
  ])
    t.false(routes.connects(theirs), theirs)
  for (const ours of [null, '::', '127.0.0.1', '::1']) t.true(routes.listens(ours), String(ours))
  t.is(routes.any, '::')
  const kernel = new Routes(['127.0.0.0/8'], 'kernel')
  for (const theirs of [null, '::', '::1', '0.0.0.0', '192.0.2.1'])
    t.false(kernel.listens(theirs), String(theirs))
  t.true(kernel.listens('127.0.0.1'))
  t.false(kernel.connects('::1'))
  t.is(kernel.any, '0.0.0.0')
})
