/** The client as a program, with the words and the output of client/main.c: for where nothing compiles that. */
import { once } from 'node:events'
import net from 'node:net'
import process from 'node:process'
import { clientFigures } from './node-client.js'
import { sessionUsage } from './session.js'

const [figure, address, ...words] = process.argv.slice(2)
const given = Object.fromEntries(words.map(word => word.split('=')))
const { session = '0', source = null, sources = '1' } = given

/** Our addresses in turn, so that no port in TIME-WAIT is in the way. */
const addressOf = n => {
  if (source === null) return {}
  const [, network, host] = /^(.*[.:])(\d+)$/.exec(source)
  return { localAddress: `${network}${Number(host) + (n % Number(sources))}` }
}

let calls = 0
const connect = port => net.connect({ port, host: address, noDelay: true, ...addressOf(calls++) })

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return { serverCpu: sessionUsage(Number(session)).cpu, clientCpu: (user + system) / 1e6 }
}

const print = report => console.log(JSON.stringify(report))

const pause = async report => {
  print(report)
  await once(process.stdin, 'data')
}

try {
  print(
    await clientFigures[figure]({
      connect,
      cpu,
      pause,
      seconds: Number(given.seconds ?? 1),
      ...(given.connections === undefined ? {} : { connections: Number(given.connections) }),
      ...(given.atOnce === undefined ? {} : { atOnce: Number(given.atOnce) }),
    }),
  )
} catch (error) {
  print({ error: error.message })
}
process.exit()
