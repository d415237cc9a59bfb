import { namespaceTest } from '../support/namespace.ts'
import { cases } from './accurate-ecn-cases.ts'

const module = new URL('./accurate-ecn-cases.js', import.meta.url)

for (const name of Object.keys(cases)) namespaceTest(`accurate ECN beside a kernel: ${name}`, module, name)
