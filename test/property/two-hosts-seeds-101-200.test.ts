import { testSeeds } from './ten-megabytes.ts'

testSeeds(101, 200)
