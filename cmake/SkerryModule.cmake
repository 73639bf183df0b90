# skerry_add_module(NAME SOURCES a.cc ... DEPENDS other ...): one room of src/ or service/ as the static library
# skerry_NAME. Includes are written from the folder above the room.
# skerry_add_tests(NAME SOURCES a_test.cc ... DEPENDS room ...): the test program test_NAME, known to ctest.

add_library(skerry_options INTERFACE)
target_compile_features(skerry_options INTERFACE cxx_std_20)
target_compile_options(skerry_options INTERFACE -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
if(EMSCRIPTEN)
  # Nothing in src/ throws; without exceptions and RTTI the module is smaller, and a stray throw fails to compile.
  target_compile_options(skerry_options INTERFACE -fno-exceptions -fno-rtti)
endif()
if(SKERRY_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC's flow analysis is wrong about variants that carry a sanitizer's checks.
    target_compile_options(skerry_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

function(skerry_add_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(skerry_${name} STATIC ${ARG_SOURCES})
  get_filename_component(root ${CMAKE_CURRENT_SOURCE_DIR} DIRECTORY)
  target_include_directories(skerry_${name} PUBLIC ${root})
  target_link_libraries(skerry_${name} PRIVATE skerry_options)
  target_compile_features(skerry_${name} PUBLIC cxx_std_20)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(skerry_${name} PUBLIC skerry_${dependency})
  endforeach()
endfunction()

function(skerry_add_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE skerry_options skerry_test_main)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(test_${name} PRIVATE skerry_${dependency})
  endforeach()
  add_test(NAME ${name} COMMAND test_${name})
endfunction()
