import test from 'ava'
import { changeFaults, LINK_FAULTS, type LinkFaults, pathOptions } from '../../src/faults/link-faults.ts'
import { settings } from '../../src/link/path/options.ts'
import { isData } from '../../src/link/path/script.ts'

test('every option is translated to what a path takes', t => {
  const all: Required<LinkFaults> = {
    loss: '5%',
    burst: { start: '1%', length: 5, loss: 0.5 },
    drop: isData,
    delay: '40ms',
    jitter: '5ms',
    distribution: 'normal',
    keepOrder: false,
    rate: '10mbit',
    queue: '64KiB',
    queueDiscipline: 'codel',
    connectionRate: '1mbit',
    ecnThreshold: '30kB',
    mark: '3%',
    ecnField: 'ce',
    ecnFlags: 'clear-ae',
    stripOptions: '172,174',
    reorder: '1%',
    reorderDelay: '10ms',
    duplicate: 0.02,
    tamper: '2%',
    corrupt: '0.1%',
    blackhole: false,
    mtu: 576,
    icmp: false,
    fragment: true,
    router: '198.18.0.9',
  }
  t.deepEqual([...LINK_FAULTS].sort(), Object.keys(all).sort())
  t.deepEqual(pathOptions(all), {
    loss: 0.05,
    burst: { enter: 0.01, leave: 0.2, loss: 0.5 },
    drop: isData,
    delay: 40,
    jitter: 5,
    distribution: 'normal',
    keepOrder: false,
    rate: 10e6,
    queue: 65_536,
    queueDiscipline: 'codel',
    ecnThreshold: 30_000,
    mark: 0.03,
    ecnField: 'ce',
    ecnFlags: 'clear-ae',
    stripOptions: [172, 174],
    reorder: 0.01,
    reorderDelay: 10,
    duplicate: 0.02,
    corrupt: 0.001,
    tamper: 0.02,
    connectionRate: 1_000_000,
    blackhole: false,
    mtu: 576,
    icmp: false,
    fragment: true,
    router: '198.18.0.9',
  })
  t.notThrows(() => settings(pathOptions(all), '192.0.2.254'))
})

test('a router with a small MTU tells of it unless it is told not to', t => {
  t.deepEqual(pathOptions({ mtu: 576 }), { mtu: 576, icmp: true })
  t.deepEqual(pathOptions({ mtu: 576, icmp: false }), { mtu: 576, icmp: false })
  t.deepEqual(pathOptions({ loss: null }), {})
})

test('a change leaves what it does not name, and null turns off', t => {
  const before: LinkFaults = { loss: 0.1, delay: '40ms', drop: isData }
  t.deepEqual(changeFaults(before, { loss: '5%' }), { loss: '5%', delay: '40ms', drop: isData })
  t.deepEqual(changeFaults(before, { drop: null }), { loss: 0.1, delay: '40ms' })
  t.deepEqual(changeFaults(before, { delay: undefined } as never), before)
})

test('what is wrong is named', t => {
  t.throws(() => pathOptions({ losss: 1 } as never), {
    instanceOf: TypeError,
    code: 'ERR_INVALID_ARG_VALUE',
    message:
      /^The property 'link\.losss' does not exist: did you mean 'loss'\? There are loss, burst, drop, delay, .*router$/,
  })
  t.throws(() => pathOptions({ delay: '40 parsecs' as never }, 'options.link'), {
    message: /'options\.link\.delay' must be a duration/,
  })
  t.throws(() => pathOptions(null as never), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  const bad: [LinkFaults, RegExp][] = [
    [{ loss: 2 }, /"link\.loss" is out of range/],
    [{ mtu: 20 }, /"link\.mtu" is out of range.*68 bytes or more/],
    [{ rate: 0 }, /"link\.rate" is out of range/],
    [{ queue: -1 }, /"link\.queue" is out of range/],
    [{ burst: { start: 0.1, length: 0 } }, /"link\.burst\.length" is out of range.*Received 0/],
    [{ burst: { start: 3, length: 2 } }, /"link\.burst\.start"/],
    [
      { burst: { start: 0.1, length: '2' as never } },
      /"link\.burst\.length" property must be of type number/,
    ],
    [{ burst: { start: 0.1, length: 2, los: 1 } as never }, /'link\.burst\.los' does not exist/],
    [{ burst: 0.1 as never }, /"link\.burst" property must be an object/],
    [{ drop: true as never }, /"link\.drop" property must be a function/],
    [{ blackhole: 1 as never }, /"link\.blackhole" property must be of type boolean/],
    [{ distribution: 'pareto' as never }, /'link\.distribution' must be 'uniform' or 'normal'/],
    [{ router: 'here' }, /'link\.router' must be an IP address.*Received 'here'/],
    [{ router: 7 as never }, /"link\.router" property must be an IP address/],
  ]
  for (const [faults, message] of bad) t.throws(() => pathOptions(faults), { message }, String(message))
})
