/** The echo and HTTP servers: straight on the kernel, as an example of using it at full speed. */
package dev.torus.tools.server;
