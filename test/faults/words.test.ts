import test from 'ava'
import { faultsOfWords } from '../../src/faults/words.ts'

test('words are what an object would say', t => {
  t.deepEqual(faultsOfWords(['loss=5%', 'delay=40ms', 'rate=10mbit', 'icmp=off', 'blackhole=on']), {
    loss: '5%',
    delay: '40ms',
    rate: '10mbit',
    icmp: false,
    blackhole: true,
  })
  t.deepEqual(faultsOfWords(['burst=1%:5']), { burst: { start: '1%', length: 5 } })
  t.deepEqual(faultsOfWords(['burst=1%:5:90%', 'router=192.0.2.9']), {
    burst: { start: '1%', length: 5, loss: '90%' },
    router: '192.0.2.9',
  })
})

test('off turns off', t => {
  t.deepEqual(faultsOfWords(['loss=off', 'mtu=none', 'blackhole=off']), {
    loss: null,
    mtu: null,
    blackhole: false,
  })
})

test('what is wrong with words of faults is named', t => {
  t.throws(() => faultsOfWords(['loss']), { message: "a fault is NAME=VALUE, such as loss=5%, not 'loss'" })
  t.throws(() => faultsOfWords(['los=5%']), {
    message: /^there is no fault 'los': did you mean 'loss'\? There are loss, burst, /,
  })
  t.throws(() => faultsOfWords(['drop=all']), { message: /^there is no fault 'drop'/ })
  t.throws(() => faultsOfWords(['icmp=maybe']), { message: "icmp is on or off, not 'maybe'" })
  t.throws(() => faultsOfWords(['delay=soon']), { message: /'faults\.delay' must be a duration/ })
  t.throws(() => faultsOfWords(['burst=1%']), { message: /faults\.burst\.length/ })
})
