import { testCalls } from './any-calls.ts'

testCalls(5000, 8985)
