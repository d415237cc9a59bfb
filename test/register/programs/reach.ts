import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

const [host, port] = process.argv.slice(2)
console.log(await text(connect(Number(port), host)))
