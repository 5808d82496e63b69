# Linux arm64 from another Linux with Debian's gcc-aarch64-linux-gnu and libc6-dev-arm64-cross; with qemu-user-static CTest runs the tests:
#   cmake -S . -B build/aarch64 -G Ninja -DCMAKE_TOOLCHAIN_FILE=native/toolchains/linux-aarch64.cmake
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
find_program(TORUS_QEMU qemu-aarch64-static)
if(TORUS_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${TORUS_QEMU};-L;/usr/aarch64-linux-gnu")
endif()
