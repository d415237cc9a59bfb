import { namespaceTest } from '../support/namespace.ts'
import { cases } from './bridge-cases.ts'

const module = new URL('./bridge-cases.js', import.meta.url)

for (const name of Object.keys(cases)) namespaceTest(`bridge: ${name}`, module, name)
