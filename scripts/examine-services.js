#!/usr/bin/env node
/**
 * Servers of each kind that an examination may need (echo 7, discard 9, closing 13, chargen 19, deaf 1009), on this host's
 * kernel, until standard input ends. It prints 'ready'.
 *
 *   node scripts/examine-services.js            # on all addresses
 */
import net from 'node:net'
import process from 'node:process'
import { startServices } from '../dist/test/support/services.js'

const services = await startServices(net, process.argv[2] ?? '::')
console.log('ready')
process.stdin.resume().on('end', () => services.close())
