import { namespaceTest } from '../support/namespace.ts'
import { cases } from './path-mtu-cases.ts'

const module = new URL('./path-mtu-cases.js', import.meta.url)

for (const name of Object.keys(cases)) namespaceTest(`path MTU through kernels: ${name}`, module, name)
