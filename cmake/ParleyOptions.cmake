# Compiler options that every target of this project has.

option(PARLEY_WERROR "Treat warnings as errors" ON)
option(PARLEY_SANITIZE "Build with the address and undefined behaviour sanitizers" OFF)
option(PARLEY_FUZZ "Build the fuzz targets in tests/fuzz, with clang" OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wunused-result)
if(PARLEY_WERROR)
  add_compile_options(-Werror)
endif()

if(PARLEY_SANITIZE)
  # CAF 0.17.6 binds null references in init_fun_factory.hpp.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null
                      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

include(ParleyTest)
