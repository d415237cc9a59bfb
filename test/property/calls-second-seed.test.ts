import { sweep } from '../support/sweep.ts'
import { testCalls } from './any-calls.ts'

testCalls(sweep(5000, 1000), 8985)
