// sudo node main.js, or scripts/netns.sh node main.js in a namespace of its own
import { createStackPool } from 'tuntcp'

const pool = await createStackPool({
  tun: { address: '192.0.2.1/24' }, // as openTun's options
  address: '192.0.2.2/24', // all workers have it
  workers: 2, // default: as many as there are processors
  module: new URL('./worker.js', import.meta.url),
  data: { greeting: 'hello' }, // a copy for each
})
pool.on('exit', ({ worker, error }) => console.error(`worker ${worker} has ended:`, error))
pool.on('restart', worker => console.error(`worker ${worker} is back`))
console.log(`http://192.0.2.2/ from ${pool.size} threads`)

process.once('SIGTERM', () => pool.close())
