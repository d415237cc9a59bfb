/** The addresses in the namespace. */
export const STACK = '192.0.2.2'
export const STACK_HOST = '192.0.2.1/24'
export const STACK6 = '2001:db8::2'
export const STACK_HOST6 = '2001:db8::1/64'
/** Everything behind it is an attacker, from the first on. */
export const ATTACKER_HOST = '198.18.0.1/15'
export const ATTACKERS = '198.18.0.2'
export const ATTACKER_HOST6 = '2001:2::1/48'
/** The beginning of their addresses of IPv6. */
export const ATTACKERS6 = '2001:2:0:1::'
export const HTTP = 80
export const ECHO = 7
export const DISCARD = 9
export const CHARGEN = 19
