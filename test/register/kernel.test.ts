import { namespaceTest } from '../support/namespace.ts'

const module = new URL('./kernel-cases.js', import.meta.url)

for (const name of [
  'addresses that are not the stack’s reach the kernel',
  'a server of an unmodified program on a TUN, with curl; ss and fault of it',
  'a device does not take the gateway of the host away',
  'a TUN device: threads and children use it through the program',
  'a TUN device: a thread reaches a kernel over it, and the kernel otherwise',
  'servers of a cluster are the kernel’s',
  'a device that is not to be had: the program ends',
])
  namespaceTest.serial(name, module, name)
