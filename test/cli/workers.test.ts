import { namespaceTest } from '../support/namespace.ts'
import { cases } from './workers-cases.ts'

for (const name of Object.keys(cases))
  namespaceTest.serial(name, new URL('./workers-cases.js', import.meta.url), name)
