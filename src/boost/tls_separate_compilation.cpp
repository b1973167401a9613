// The bodies of Boost.Asio's TLS, compiled once here (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/ssl/impl/src.hpp>
