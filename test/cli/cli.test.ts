import test from 'ava'
import { inNamespace } from '../support/namespace.ts'
import { cases } from './cli-cases.ts'

for (const name of Object.keys(cases))
  test.serial(name, inNamespace, new URL('./cli-cases.js', import.meta.url), name)
