/** Clients of databases with the servers themselves, and a browser with express, all unmodified, over a TUN. */
import { namespaceTest } from '../support/namespace.ts'
import { MARIADB, POSTGRES } from '../support/real-servers.ts'

const module = new URL('./server-cases.js', import.meta.url)

for (const [client, server, tools] of [
  ['node-redis', 'redis-server', ['redis-server']],
  ['mysql2', 'MariaDB', MARIADB],
  ['postgres.js', 'postgres', POSTGRES],
] as const)
  namespaceTest.serial(
    `${client}, with ${server} on the kernel’s end of a TUN, at 0 faults and at 2 % loss with 10 ms`,
    module,
    client,
    tools,
  )

namespaceTest.serial(
  'express on the stack’s end of a TUN, with Chromium, at 0 faults and at 2 % loss with 10 ms',
  module,
  'chromium',
  ['chromium'],
)
