# What a package of the program holds. The top level adds no tests and nothing of third_party.
install(TARGETS metrics-proxy RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
