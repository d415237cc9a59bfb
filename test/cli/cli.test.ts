import { namespaceTest } from '../support/namespace.ts'
import { cases } from './cli-cases.ts'

for (const name of Object.keys(cases))
  namespaceTest.serial(name, new URL('./cli-cases.js', import.meta.url), name)
