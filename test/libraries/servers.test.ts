/** Clients of databases, unmodified, and the servers themselves, over a TUN. */
import { namespaceTest } from '../support/namespace.ts'

const module = new URL('./server-cases.js', import.meta.url)

namespaceTest.serial('node-redis, with a redis-server on the kernel’s end of a TUN', module, 'node-redis', [
  'redis-server',
])
