import { namespaceTest } from '../support/namespace.ts'
import { cases } from './tools-cases.ts'

const module = new URL('./tools-cases.js', import.meta.url)

for (const [name, { tools }] of Object.entries(cases)) namespaceTest(`tools: ${name}`, module, name, tools)
