package dev.torus.benchmarks.crossing;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Method handles of C functions by java.lang.foreign. This project compiles for Java 17, which does not have it, so linking
 * is by reflection; a linked handle is the same as one that was made without, and calling it involves no reflection.
 */
final class ForeignFunctions {
    private static final int FIRST_RELEASE = 22;
    private static final String PACKAGE = "java.lang.foreign.";

    private final Object linker;
    private final Object symbols;

    /**
     * The functions of a library.
     *
     * @throws UnsupportedOperationException before Java 22
     */
    ForeignFunctions(Path library) {
        if (Runtime.version().feature() < FIRST_RELEASE) {
            throw new UnsupportedOperationException("the foreign function interface is there from Java " + FIRST_RELEASE
                    + " on, this is " + Runtime.version().feature());
        }
        try {
            Class<?> arena = type("Arena");
            linker = type("Linker").getMethod("nativeLinker").invoke(null);
            symbols = type("SymbolLookup")
                    .getMethod("libraryLookup", Path.class, arena)
                    .invoke(null, library, arena.getMethod("global").invoke(null));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(library.toString(), e);
        }
    }

    /**
     * A function's handle, of exactly the given type.
     *
     * @param critical whether the thread stays in Java's state, so that no garbage collection can begin meanwhile: for short
     *     functions that do not block
     * @param type of int, long and void
     */
    MethodHandle find(String name, boolean critical, MethodType type) {
        try {
            Optional<?> address = (Optional<?>)
                    type("SymbolLookup").getMethod("find", String.class).invoke(symbols, name);
            Object symbol = address.orElseThrow(() -> new LinkageError(name));
            Class<?> optionType = type("Linker$Option");
            Object options = Array.newInstance(optionType, critical ? 1 : 0);
            if (critical) {
                Array.set(
                        options,
                        0,
                        optionType.getMethod("critical", boolean.class).invoke(null, false));
            }
            Method link = type("Linker")
                    .getMethod("downcallHandle", type("MemorySegment"), type("FunctionDescriptor"), options.getClass());
            MethodHandle handle = (MethodHandle) link.invoke(linker, symbol, descriptor(type), options);
            if (!handle.type().equals(type)) {
                throw new LinkageError(name + ": " + handle.type());
            }
            return handle;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }

    private static Object descriptor(MethodType type) throws ReflectiveOperationException {
        Class<?> layout = type("MemoryLayout");
        Class<?> descriptor = type("FunctionDescriptor");
        Object arguments = Array.newInstance(layout, type.parameterCount());
        for (int i = 0; i < type.parameterCount(); i++) {
            Array.set(arguments, i, layoutOf(type.parameterType(i)));
        }
        if (type.returnType() == void.class) {
            return descriptor.getMethod("ofVoid", arguments.getClass()).invoke(null, arguments);
        }
        return descriptor
                .getMethod("of", layout, arguments.getClass())
                .invoke(null, layoutOf(type.returnType()), arguments);
    }

    private static Object layoutOf(Class<?> primitive) throws ReflectiveOperationException {
        String name = primitive == int.class ? "JAVA_INT" : "JAVA_LONG";
        return type("ValueLayout").getField(name).get(null);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name, true, MethodHandles.class.getClassLoader());
    }
}
