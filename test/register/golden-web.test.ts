/** http, https, http2 and tls of Node's, by the kernel and by a stack: each of their objects tells the same, in the same order. */
import test from 'ava'
import { createStack } from '../../src/net/create-stack.ts'
import { likeLinux } from '../../src/register/configured-stack.ts'
import { install, type Surroundings } from '../../src/register/install.ts'
import { Routes } from '../../src/register/routes.ts'
import { BY_NAME, WEB_SCENARIOS, type WebScenario } from './golden-web.ts'

let around: Surroundings | null = null
const uninstall = install(() => around)
test.after(() => uninstall())

const onStack: Surroundings = {
  stack: createStack({ tcp: likeLinux({}) }),
  routes: new Routes(['127.0.0.0/8'], 'stack'),
}

/** The addresses of the scripts are the kernel's, which is known when a name was looked up. */
const elsewhere: Surroundings = { ...onStack, routes: new Routes(['198.18.0.0/15'], 'kernel') }

/** The order among those that are told of the same thing depends on the speed of the network. */
const traceOf = async (where: Surroundings | null, scenario: WebScenario, host = '127.0.0.1') => {
  const each: Record<string, string[]> = {}
  around = where
  await scenario(what => {
    const [event] = what.split(/[ (]/)
    const who = event!.slice(0, event!.lastIndexOf('.'))
    each[who] ??= []
    each[who].push(what)
  }, host)
  around = null
  return each
}

for (const [name, scenario] of WEB_SCENARIOS)
  test.serial(`as the kernel: ${name}`, async t => {
    const kernel = await traceOf(null, scenario)
    t.true(Object.keys(kernel).length > 0)
    t.deepEqual(await traceOf(onStack, scenario), kernel)
  })

for (const [name, scenario] of BY_NAME)
  test.serial(`as the kernel, whose name is looked up: ${name}`, async t => {
    const kernel = await traceOf(null, scenario, 'localhost')
    t.true(Object.keys(kernel).length > 0)
    t.deepEqual(await traceOf(onStack, scenario, 'localhost'), kernel)
    t.deepEqual(await traceOf(elsewhere, scenario, 'localhost'), kernel, 'its address is the kernel’s')
  })
