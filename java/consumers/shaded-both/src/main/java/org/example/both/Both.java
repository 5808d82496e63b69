package org.example.both;

import org.example.one.LibraryOne;
import org.example.two.LibraryTwo;

/** Uses both libraries; each has its own Torus. */
public final class Both {
    private Both() {}

    public static void main(String[] args) throws Exception {
        System.out.println(LibraryOne.run());
        System.out.println(LibraryTwo.run());
    }
}
