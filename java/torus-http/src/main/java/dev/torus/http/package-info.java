/** HTTP/1.1 servers and clients on the event loop. Everything here belongs to the loop's thread. */
package dev.torus.http;
