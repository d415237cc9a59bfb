import test from 'ava'
import { inNamespace } from '../support/namespace.ts'
import { cases } from './kernel-cases.ts'

const module = new URL('./kernel-cases.js', import.meta.url)

for (const name of Object.keys(cases)) test(`kernel peer: ${name}`, inNamespace, module, name)
