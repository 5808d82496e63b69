/** An application of named modules. */
module org.example.modular {
    requires dev.torus.loop;
}
