package dev.torus.tools;

import dev.torus.kernel.IoKernel;
import picocli.CommandLine.IVersionProvider;

/** The version as the jar or module has it. */
final class Version implements IVersionProvider {
    static String text() {
        String version = IoKernel.class.getPackage().getImplementationVersion();
        if (version == null && IoKernel.class.getModule().getDescriptor() != null) {
            version = IoKernel.class.getModule().getDescriptor().rawVersion().orElse(null);
        }
        return version == null ? "(built from source)" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"torus " + text()};
    }
}
