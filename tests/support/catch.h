// The one place that knows the test framework and its version (Debian's Catch2 2.13).
#pragma once

#include <catch2/catch.hpp>
