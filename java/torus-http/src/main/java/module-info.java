/** HTTP/1.1 on the loop. */
module dev.torus.http {
    requires transitive dev.torus.loop;
    requires org.eclipse.jetty.http;

    exports dev.torus.http;
}
