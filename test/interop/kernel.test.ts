import { namespaceTest } from '../support/namespace.ts'
import { cases } from './kernel-cases.ts'

const module = new URL('./kernel-cases.js', import.meta.url)

for (const name of Object.keys(cases)) namespaceTest(`kernel peer: ${name}`, module, name)
