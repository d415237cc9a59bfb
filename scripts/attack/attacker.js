/** Runs one attack for so many seconds, and tells what it has sent and received. */
import { Peers, pause } from './peers.js'

const [name, seconds] = process.argv.slice(2)
const { attack } = await import(`./attacks/${name}.js`)
const peers = new Peers()
const end = performance.now() + Number(seconds) * 1000
await attack(peers, {
  /** True while there is time left. Lets others run. */
  async goesOn(ms = 5) {
    peers.flush()
    await pause(ms)
    return performance.now() < end
  },
})
await peers.end()
const { sent, sentBytes, received, receivedBytes } = peers
process.send({ sent, sentBytes, received, receivedBytes }, () => process.exit(0))
