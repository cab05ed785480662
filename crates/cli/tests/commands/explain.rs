use crate::world::World;

#[test]
fn without_a_code_the_codes_are_listed() {
    let ran = World::empty().run("explain");
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.starts_with("SOM001  no session could be read\nSOM002  "), "{}", ran.stdout);
}

#[test]
fn a_code_in_any_case_prints_its_page() {
    let world = World::empty();
    let ran = world.run("explain som001");
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.starts_with("# SOM001: no session could be read\n"), "{}", ran.stdout);
    assert_eq!(ran.stdout, world.run("explain SOM001").stdout);
}

#[test]
fn an_unknown_code_is_an_error() {
    insta::assert_snapshot!(World::empty().run("explain SOM999").shown(), @r"
    --- stderr
    error[SOM020]: no error has the code `SOM999`
    hint: `somnium explain` lists the codes
    hint: `somnium explain SOM020` says more
    --- status 1
    ");
}
