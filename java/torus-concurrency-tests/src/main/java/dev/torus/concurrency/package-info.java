/** jcstress tests: what two or three threads may see of the event queue, over millions of tries. */
package dev.torus.concurrency;
